/** What the whole service does now, in numbers for those who operate it. */
export {
  type QueueFigures,
  readServiceFigures,
  readSlotsUsed,
  type ServiceFigures,
} from "./service-figures.ts";
