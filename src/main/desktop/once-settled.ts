interface Stoppable {
  readonly preventDefault: () => void;
}

/**
 * A handler of an event that ends something: it holds the end up, once, until work is done (or has
 * failed), and then asks for it again; that goes through.
 */
export function onceSettled(
  work: () => Promise<void>,
  again: () => void,
): (event: Stoppable) => void {
  let state: 'open' | 'waiting' | 'settled' = 'open';
  const end = (): void => {
    state = 'settled';
    again();
  };
  return (event) => {
    if (state === 'settled') return;
    event.preventDefault();
    if (state === 'waiting') return;
    state = 'waiting';
    work().then(end, end);
  };
}
