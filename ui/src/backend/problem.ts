export type ProblemParams = Record<string, string | number>;

/** A problem as it is said: thrown by a request, or reported inside an answer. */
export interface ProblemSaid {
  code: string;
  params: ProblemParams;
}

/**
 * A request that was not done. The device sends a code and parameters; the words are in `i18n`.
 * Every failure that leaves `backend/` is one of these, so a screen has one thing to show.
 */
export class Problem extends Error {
  readonly code: string;
  readonly params: ProblemParams;

  constructor(code: string, params: ProblemParams = {}) {
    super(code);
    this.name = 'Problem';
    this.code = code;
    this.params = params;
  }
}

/** Codes that the doors themselves raise, when no answer of the device was there to read. */
export const doorProblem = {
  /** The program on this machine did not answer at all. */
  closed: 'door_closed',
  /** It answered, but not with something of ours. */
  unreadable: 'door_unreadable',
  /** The address lost its secret: opened in another browser, or the program was started again. */
  sessionEnded: 'door_session_ended',
} as const;

/** Reads `{code, params}` out of whatever a door handed over; anything else is an unreadable answer. */
export function problemFrom(value: unknown): Problem {
  if (value instanceof Problem) return value;
  if (typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string') {
    return new Problem(value.code, 'params' in value ? plainParams(value.params) : {});
  }
  return new Problem(doorProblem.unreadable);
}

function plainParams(value: unknown): ProblemParams {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string | number] =>
        typeof entry[1] === 'string' || typeof entry[1] === 'number',
    ),
  );
}
