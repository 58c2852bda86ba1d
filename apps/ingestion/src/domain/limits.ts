/** Limits of what may be posted: checked on the raw text, before anything is built from it. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;
export const INTERACTIONS_MAX = 1000;
export const INTERACTION_BYTES_MAX = 32 * 1024;
/** The interaction itself is level 1, its `data` level 2. */
export const DEPTH_MAX = 32;
/** Keys of all its objects together. */
export const KEYS_MAX = 500;
/** A pointer names a place for a human: longer ones are cut. */
export const POINTER_MAX = 500;
/** What of a refused interaction is kept; four times what would be accepted, and far below what a log record may hold. */
export const RAW_MAX = 4 * INTERACTION_BYTES_MAX;
