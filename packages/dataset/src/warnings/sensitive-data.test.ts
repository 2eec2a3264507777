import { expect, it } from "vitest";
import { sensitiveData } from "./sensitive-data.ts";

const kindsIn = (text: string) => sensitiveData(text).map(({ kind }) => kind);

it.each([
  ["-----BEGIN PRIVATE KEY-----\nMIIE", "a private key"],
  ["-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"],
  ["key=AKIAIOSFODNN7EXAMPLE;", "an AWS access key"],
  [`ghp_${"a1".repeat(18)}`, "a GitHub token"],
  [`sk-proj-${"a1".repeat(20)}`, "an API key"],
  ["xoxb-123456789012-abcdef", "a Slack token"],
  ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4", "a JSON web token"],
  ["Write to ada.lovelace+log@mail.example.org!", "an e-mail address"],
  ["Call +49 151 1234-5678.", "a phone number"],
  ["4111 1111 1111 1111", "a payment card's number"],
  ["card:378282246310005", "a payment card's number"],
  ["NL91 ABNA 0417 1643 00", "an IBAN"],
  ["GB29NWBK60161331926819 is mine", "an IBAN"],
])("%s holds %s", (text, kind) => {
  expect(kindsIn(text)).toEqual([kind]);
});

it.each([
  "-----BEGIN CERTIFICATE-----",
  "a@b, @ada and user@localhost",
  "1 + 1 = 2, +5 degrees, C++11",
  "4111 1111 1111 1112",
  "0000000000000000 and 1111111111111111",
  "GB00NWBK60161331926819",
  "AB12 is a room, and 2024-01-01 12:00:00 a time",
  "task-oriented-programming-is-a-way and sk-learn-contrib-imbalanced-learn",
  "3.14159265358979323846",
])("%s holds nothing", (text) => {
  expect(kindsIn(text)).toEqual([]);
});
