import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { StreamFrame, StreamOutput } from '../../shared/contract/index.ts';
import { useBridge } from '../bridge.ts';
import { countDecisions } from '../model/decided.ts';
import { useAnnotation } from './annotation-store.ts';
import { useModels } from './models-store.ts';
import { useNotices } from './notices-store.ts';
import { useSettings } from './settings-store.ts';
import { createJob } from './job.ts';

export type Step = Extract<StreamFrame<'learning.run'>, { kind: 'step' }>;
export type Learned = StreamOutput<'learning.run'>;

/** Learning from what was decided: how it goes, and what came of it. */
export const useLearning = defineStore('learning', () => {
  const steps = shallowRef<readonly Step[]>([]);
  /** What the last round gave, until the next one. */
  const learned = shallowRef<Learned | null>(null);
  const failure = ref('');
  const job = createJob();

  const counts = computed(() => {
    const { review, unseen } = useAnnotation();
    return countDecisions(review, unseen);
  });
  const possible = computed(() => {
    const learnsUnseen = useSettings().values?.learnUnseen === true;
    return useAnnotation().review.some(
      (state) =>
        state === 'accepted' ||
        state === 'corrected' ||
        (learnsUnseen && state === 'accepted-unseen'),
    );
  });

  async function run(stack: string): Promise<void> {
    steps.value = [];
    learned.value = null;
    failure.value = '';
    const { info, load } = useModels();
    const { learningSteps } = useSettings().values ?? (await useBridge().call('settings.get', {}));
    const name = `Round ${(info?.versions.length ?? 0) + 1}`;
    try {
      const input = { stack, name, steps: learningSteps, overrule: false };
      const result = await job.start((signal, show) =>
        useBridge().stream(
          'learning.run',
          input,
          (frame) => {
            if (frame.kind === 'progress') return show(frame);
            // Of steps that come too fast some are left out, and a late one may overtake.
            steps.value = [...steps.value, frame].sort((a, b) => a.step - b.step);
          },
          signal,
        ),
      );
      learned.value = result ?? null;
      if (result?.kept) await load();
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
      useNotices().fail(error);
    }
  }

  /** Keeps what was learned although it was not judged better. */
  async function keepAnyway(): Promise<void> {
    const result = learned.value;
    if (!result) return;
    await useModels().change('learning.keep', { version: result.version.id });
    learned.value = { ...result, kept: true };
  }

  return {
    steps,
    learned,
    failure,
    counts,
    possible,
    run,
    keepAnyway,
    running: job.running,
    progress: job.progress,
    cancel: job.cancel,
  };
});
