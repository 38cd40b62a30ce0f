import type {
  CallInput,
  CallName,
  CallOutput,
  EventData,
  EventName,
  StreamFrame,
  StreamInput,
  StreamName,
  StreamOutput,
} from '../../../shared/contract/index.ts';

/** What a stream is given beside its input. */
export interface StreamContext<F> {
  /** Aborted, with the code `cancelled`, when nobody waits for it any more. */
  readonly signal: AbortSignal;
  readonly emit: (frame: F) => void;
  /** Back-pressure: resolves once few frames wait for the reader; rejects when cancelled. */
  readonly ready: () => Promise<void>;
}

export type CallHandlers = {
  readonly [N in CallName]: (input: CallInput<N>) => CallOutput<N> | Promise<CallOutput<N>>;
};

export type StreamHandlers = {
  readonly [N in StreamName]: (
    input: StreamInput<N>,
    context: StreamContext<StreamFrame<N>>,
  ) => Promise<StreamOutput<N>>;
};

export type Announcement = {
  readonly [N in EventName]: { readonly name: N; readonly data: EventData<N> };
}[EventName];

/**
 * Everything that the workstation can do, as the contract names it, for any number of pages.
 * Handlers expect inputs that were checked; `connect` does that.
 */
export interface Session {
  readonly calls: CallHandlers;
  readonly streams: StreamHandlers;
  /** Bulk data by address: `resources.ts` of the contract. Who may ask is the host's concern. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** @returns what ends the subscription. */
  readonly onEvent: (listener: (event: Announcement) => void) => () => void;
  /** Ends what is under way and lets go of the workspace. */
  readonly close: () => Promise<void>;
}
