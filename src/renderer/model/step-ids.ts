/** Ids of steps, by which the host does a step once and the page recognises its steps again. */
export interface StepIds {
  issue(): string;
  /** Whether this page issued the id; asked once for each id. */
  recognise(id: string): boolean;
}

export function createStepIds(): StepIds {
  const issued = new Set<string>();
  return {
    issue() {
      const id = crypto.randomUUID();
      issued.add(id);
      return id;
    },
    recognise: (id) => issued.delete(id),
  };
}
