import { InferenceSession, Tensor } from 'onnxruntime-node';
import { emit, lower, type Tensor as Symbol } from '../tensor/index.ts';

/** Where a graph runs: ONNX Runtime's execution providers. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

export interface Value {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface SessionOptions {
  readonly device: Device;
  /** Folder that external data of the graph is relative to. */
  readonly folder?: string;
  /** Threads of the CPU provider; default: as many as ONNX Runtime finds cores. */
  readonly threads?: number;
  /** Graphs that run a few times only are not worth a second copy of their weights in cache order. */
  readonly prepack?: boolean;
}

/** A compiled graph. `run` blocks the calling thread until it is done. */
export interface Session {
  /** @param feeds may hold more than the graph reads. */
  run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Float32Array>>;
  dispose(): Promise<void>;
}

/**
 * Operators that a provider computes wrongly or slowly (ONNX Runtime 1.30). WebGPU's fused attention
 * is wrong from 32 tokens on where subgroups are small, as on software drivers; the CPU's Softplus
 * takes five times as long as the operators it is made of.
 */
const LOWERED: Readonly<Record<Device, ReadonlySet<string>>> = {
  cpu: new Set(['Softplus']),
  cuda: new Set(),
  webgpu: new Set(['MultiHeadAttention']),
};

/** Compiles the graph that computes `outputs`, which keep their names. */
export async function createSession(
  outputs: Readonly<Record<string, Symbol>>,
  options: SessionOptions,
): Promise<Session> {
  const graph = emit(lower(outputs, LOWERED[options.device]));
  const session = await InferenceSession.create(graph.model, {
    executionProviders: options.device === 'cpu' ? ['cpu'] : [options.device, 'cpu'],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    extra: {
      session: {
        ...(options.folder === undefined
          ? {}
          : { model_external_initializers_file_folder_path: options.folder }),
        ...(options.prepack === false ? { disable_prepacking: '1' } : {}),
        // Gradients near zero would otherwise slow the processor down a hundredfold.
        set_denormal_as_zero: '1',
      },
    },
  });
  return {
    async run(feeds) {
      const tensors = Object.fromEntries(
        graph.inputs.map((name) => {
          const { data, dims } = feeds[name]!;
          return [
            name,
            data instanceof Float32Array
              ? new Tensor('float32', data, dims)
              : new Tensor('int64', data, dims),
          ];
        }),
      );
      const results = await session.run(tensors, [...graph.outputs]);
      return Object.fromEntries(
        graph.outputs.map((name) => [name, results[name]!.data as Float32Array]),
      );
    },
    dispose: () => session.release(),
  };
}
