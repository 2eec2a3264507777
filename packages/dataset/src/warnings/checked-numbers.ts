/** Numbers that carry a check digit: without it, most long numbers would be taken for one. */

const cardPattern = /(?<![\d.+])\d(?:[ -]?\d){12,18}(?![\d.]?\d)/g;
const ibanPattern = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b/g;
/** By the first two letters; only countries' real lengths are one. */
const ibanLengths = new Map(
  Object.entries({
    AD: 24,
    AE: 23,
    AT: 20,
    BE: 16,
    BG: 22,
    CH: 21,
    CY: 28,
    CZ: 24,
    DE: 22,
    DK: 18,
    EE: 20,
    ES: 24,
    FI: 18,
    FR: 27,
    GB: 22,
    GR: 27,
    HR: 21,
    HU: 28,
    IE: 22,
    IS: 26,
    IT: 27,
    LI: 21,
    LT: 20,
    LU: 20,
    LV: 21,
    MC: 27,
    MT: 31,
    NL: 18,
    NO: 15,
    PL: 28,
    PT: 25,
    RO: 24,
    SA: 24,
    SE: 24,
    SI: 19,
    SK: 24,
    SM: 27,
    TR: 26,
    UA: 29,
  }),
);

/** Whether a text holds a number of 13 to 19 digits of a card's issuer that passes Luhn's check. */
export const hasPaymentCard = (text: string): boolean =>
  (text.match(cardPattern) ?? []).some((found) => {
    const digits = found.replaceAll(/\D/g, "");
    return /^(?:4|5[1-5]|2[2-7]|3[47]|6)/.test(digits) && new Set(digits).size > 1 && passesLuhn(digits);
  });

/** Whether a text holds an international bank account number whose check digits are right. */
export const hasIban = (text: string): boolean =>
  (text.match(ibanPattern) ?? []).some((found) => {
    const account = found.replaceAll(" ", "");
    const length = ibanLengths.get(account.slice(0, 2));
    return length !== undefined && account.length >= length && passesMod97(account.slice(0, length));
  });

/** Every second digit from the right counts twice. */
const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (const [at, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
};

/** ISO 7064: the number, its first four signs at the end and letters as 10 to 35, is 1 modulo 97. */
const passesMod97 = (account: string): boolean => {
  let rest = 0;
  for (const sign of account.slice(4) + account.slice(0, 4)) {
    for (const digit of String(Number.parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
};
