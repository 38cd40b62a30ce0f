import type { FromMain, ToMain } from '../../shared/contract/index.ts';

/** Whether the host can be spoken to. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** The host is gone; it is looked for again at `retryAt` (ms since 1970). */
  | { readonly kind: 'lost'; readonly retryAt: number };

export interface CarrierListener {
  message(message: FromMain): void;
  /** Every change, beginning with the present state. */
  link(link: Link): void;
}

/** What takes messages to the host and back: a WebSocket, or the preload object of the desktop. */
export interface Carrier {
  /** Only while the link is open. */
  send(message: ToMain): void;
  listen(listener: CarrierListener): void;
  /** Looks for a lost host at once. */
  retry(): void;
  /** Where a dropped file lies; null where the page may not know. */
  pathOf(file: File): string | null;
}
