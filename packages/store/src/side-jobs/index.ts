export { startSideJobs } from "./start-side-jobs.ts";
