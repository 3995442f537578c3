/** A client of thesetd. Types are generated from its OpenAPI description by `make client-types`. */

export { ProblemError, Thesetd } from "./client.js";
export type { ChangesWanted, FollowOptions, Place } from "./client.js";
export type * from "./types.js";
