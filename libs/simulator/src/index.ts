export { simulate } from './simulate.js';
export { shuffleArrival, withTrueClock } from './deliver.js';
export { connectedComponents, interactionName, pairwiseScore } from './score.js';
export type { PairwiseScore, Partition } from './score.js';
export { Random } from './random.js';
export { SOURCES } from './sources.js';
export type {
  PostedInteraction,
  SimulatedInteraction,
  SimulateOptions,
  Simulation,
  TrueContact,
  TrueOrder,
  TrueSession,
  TrueSurvey,
  Truth,
} from './simulation.js';
