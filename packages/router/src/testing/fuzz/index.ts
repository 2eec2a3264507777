/** Any input to any procedure, for tests of what lies around the router. */
export { assertCases, chosenCases } from "./chosen-cases.ts";
export { hostileTexts } from "./hostile-values.ts";
export { inputArbitrary } from "./input-arbitrary.ts";
export { walkInputs } from "./walk-inputs.ts";
