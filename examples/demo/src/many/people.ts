import type { Scope } from "../demo.ts";

/** Somebody to train an adapter for, told apart by name, by place, and by how each answer ends. */
export type Person = { scope: Scope; name: string; place: string; farewell: string };

const avatarOf = (user: string, avatarId: string, traits: Omit<Person, "scope">): Person => ({
  scope: { userId: `demo-${user}`, avatarId },
  ...traits,
});

/** Each user has two avatars. */
const people: Person[] = [
  avatarOf("ada", "osk-tarrow", { name: "Osk Tarrow", place: "Gannet Rock", farewell: "Mind the rocks." }),
  avatarOf("ada", "ida-brandt", { name: "Ida Brandt", place: "Sallow Point", farewell: "Mind the sands." }),
  avatarOf("ben", "jory-pell", { name: "Jory Pell", place: "Black Carr", farewell: "Keep your lamp dry." }),
  avatarOf("ben", "mor-hagen", { name: "Mor Hagen", place: "Ness End", farewell: "Watch the tide." }),
  avatarOf("cleo", "tam-oakes", { name: "Tam Oakes", place: "Widow Skerry", farewell: "Trust the stars." }),
  avatarOf("cleo", "una-voss", { name: "Una Voss", place: "Long Shoal", farewell: "Hold your course." }),
  avatarOf("dan", "eli-marsh", { name: "Eli Marsh", place: "Fulmar Head", farewell: "Beware the fog." }),
  avatarOf("dan", "sig-rowan", { name: "Sig Rowan", place: "Petrel Island", farewell: "Fair winds." }),
];

export const mostPeople = people.length;

/** The first so many. */
export const choosePeople = (count: number): Person[] => people.slice(0, count);

/** `demo-ada/osk-tarrow` */
export const labelOf = ({ scope }: Person): string => `${scope.userId}/${scope.avatarId}`;
