import type { ReadableStream as WebStream } from 'node:stream/web';
import { Hono } from 'hono';
import { LRUCache } from 'lru-cache';
import { toErrorInfo } from '../../../shared/errors.ts';
import { type Drops, type Cases, drawThumbnail, type Volumes } from '../cases/index.ts';

/** Bytes handed over at once; the reader gets to run between two. */
const PIECE = 2 ** 20;
const MOST_THUMBNAILS = 500;
const STATUS: Readonly<Record<string, 400 | 404 | 413>> = {
  'unknown-stack': 404,
  'files-gone': 404,
  'files-changed': 404,
  'drive-missing': 404,
  'no-such-drop': 404,
  'bad-path': 400,
  'drop-too-large': 413,
};

/** Bulk data by address (`resources.ts` of the contract), the same for every host. */
export function serveResources(
  cases: Cases,
  volumes: Volumes,
  drops: Drops,
): (request: Request) => Promise<Response> {
  const thumbnails = new LRUCache<string, Promise<Uint8Array>>({ max: MOST_THUMBNAILS });

  async function thumbnail(id: string): Promise<Uint8Array> {
    const image = await cases.open(id);
    const drawn = thumbnails.get(id) ?? drawThumbnail(image);
    thumbnails.set(id, drawn);
    drawn.catch(() => thumbnails.delete(id));
    return drawn;
  }

  const app = new Hono();
  app.get('/data/volume/:stack', async (context) => {
    const { signal } = context.req.raw;
    const { byteLength, slices } = await volumes.handOver(context.req.param('stack'), signal);
    return context.body(streamOf(slices), 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(byteLength),
    });
  });
  app.get('/data/thumbnail/:stack', async (context) => {
    const png = await thumbnail(context.req.param('stack'));
    return context.body(Uint8Array.from(png), 200, { 'Content-Type': 'image/png' });
  });
  app.put('/data/drop/:drop', async (context) => {
    const { body } = context.req.raw;
    const path = context.req.query('path') ?? '';
    await drops.put(context.req.param('drop'), path, body as WebStream<Uint8Array> | null);
    return context.body(null, 204);
  });
  app.notFound((context) =>
    context.json({ code: 'no-such-resource', message: 'There is nothing at this address.' }, 404),
  );
  app.onError((error, context) => {
    const report = toErrorInfo(error);
    return context.json(report, STATUS[report.code] ?? 500);
  });
  return async (request) => app.fetch(request);
}

/** Not a byte stream: that would take the memory of what it sends away from us. */
function streamOf(slices: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const pieces = inPieces(slices);
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => void pieces.return(undefined),
    },
    { highWaterMark: 0 },
  );
}

async function* inPieces(slices: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const bytes of slices) {
    for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
  }
}
