/** ms after which a step of a user is given up for lost: more than any busy machine takes. */
export const PATIENCE = 90_000;
