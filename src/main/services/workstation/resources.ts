import { Hono } from 'hono';
import { toErrorInfo } from '../../../shared/errors.ts';
import type { Sources } from './sources.ts';
import { drawThumbnail } from './thumbnails.ts';
import type { Volumes } from './volumes.ts';

/** Bytes handed over at once: what takes them in has its turn between two. */
const PIECE = 2 ** 20;
const MOST_THUMBNAILS = 500;

/** Bulk data by address (`resources.ts` of the contract), the same for every host. */
export function serveResources(
  sources: Sources,
  volumes: Volumes,
): (request: Request) => Promise<Response> {
  const thumbnails = new Map<string, Promise<Uint8Array>>();

  function thumbnail(id: string): Promise<Uint8Array> {
    const chosen = sources.stack(id);
    const drawn = thumbnails.get(id) ?? drawThumbnail(chosen);
    thumbnails.delete(id);
    thumbnails.set(id, drawn);
    drawn.catch(() => thumbnails.delete(id));
    if (thumbnails.size > MOST_THUMBNAILS) thumbnails.delete(thumbnails.keys().next().value!);
    return drawn;
  }

  const app = new Hono();
  app.get('/data/volume/:stack', async (context) => {
    const { signal } = context.req.raw;
    const { data } = (await volumes.get(context.req.param('stack'), signal)).image;
    return context.body(streamOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)), 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(data.byteLength),
    }); // prettier-ignore
  });
  app.get('/data/thumbnail/:stack', async (context) => {
    const png = await thumbnail(context.req.param('stack'));
    return context.body(Uint8Array.from(png), 200, { 'Content-Type': 'image/png' });
  });
  app.notFound((context) => context.json({ code: 'no-such-resource', message: 'There is nothing at this address.' }, 404)); // prettier-ignore
  app.onError((error, context) => {
    const report = toErrorInfo(error);
    return context.json(report, report.code === 'unknown-stack' ? 404 : 500);
  });
  return async (request) => app.fetch(request);
}

/** Not a byte stream: that would take the memory of what it sends away from us. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.subarray(at, (at += PIECE)));
      },
    },
    { highWaterMark: 0 },
  );
}
