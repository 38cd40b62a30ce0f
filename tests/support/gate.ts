/** Work that has come to a gate waits there while it is closed. */
export interface Gate {
  readonly close: () => void;
  readonly open: () => void;
  readonly pass: () => Promise<void>;
}

export function createGate(): Gate {
  let closed: Promise<void> | undefined;
  let open = (): void => undefined;
  return {
    close() {
      closed ??= new Promise((resolve) => (open = resolve));
    },
    open() {
      closed = undefined;
      open();
    },
    async pass() {
      while (closed !== undefined) await closed;
    },
  };
}
