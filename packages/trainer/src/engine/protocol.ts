/**
 * Engine protocol 1: JSON lines between a worker and its engine, private to the two.
 *
 * This side owns the schemas; `loraloom_engine/protocol` mirrors them. The examples in
 * `protocol-examples/` hold both together: each side's tests read them.
 */
export {
  type AnswerOf,
  answerSchemas,
  type EngineEvent,
  type EngineEventOf,
  engineEventSchema,
  isLastEvent,
  type SingleAnswer,
} from "./events.ts";
export {
  type EngineRequest,
  type EngineTrainingConfig,
  engineRequestSchema,
  type FieldsOf,
} from "./requests.ts";
