/** What a page did, noted from within: times in ms of the page's clock. */
export interface Noted {
  /** When a series was asked of the host. */
  asked: number;
  /** When its first picture was on the screen, and when all of it was. */
  firstPicture: number;
  allUploaded: number;
  /** Whether frames wait for the device. */
  waits: boolean;
  readonly inputs: { readonly type: string; readonly at: number; handled: number }[];
  /** Frames in which something was drawn: from the start of its work to the pixels. */
  readonly frames: {
    readonly from: number;
    readonly script: number;
    readonly pixels: number;
    readonly labels: boolean;
  }[];
  /** Messages of the host with maps: how long they kept the page. */
  readonly maps: { readonly at: number; readonly took: number }[];
}

/**
 * Runs in the page before its own scripts. It listens to what the page asks of WebGL, and ends each
 * frame that draws by reading a pixel back, so that the device's work counts.
 * @param slices of the volume that is opened.
 */
export function installProbe(slices: number): void {
  const noted: Noted = {
    waits: true,
    asked: NaN,
    firstPicture: NaN,
    allUploaded: NaN,
    inputs: [],
    frames: [],
    maps: [],
  };
  (globalThis as unknown as { noted: Noted }).noted = noted;
  const now = (): number => performance.now();
  /** Slices that were seen from the side. */
  const uploaded = new Set<number>();
  const heights = new WeakMap<WebGLTexture, number>();
  let bound: WebGLTexture | null = null;
  let drawn: WebGL2RenderingContext | undefined;
  let labels = false;

  const prototype = WebGL2RenderingContext.prototype;
  const { texSubImage2D, texStorage2D, bindTexture, drawArrays } = prototype;
  prototype.bindTexture = function (target, texture) {
    bound = texture;
    bindTexture.call(this, target, texture);
  };
  prototype.texStorage2D = function (target, levels, format, width, height) {
    if (bound) heights.set(bound, height);
    texStorage2D.call(this, target, levels, format, width, height);
  };
  prototype.texSubImage2D = function (this: WebGL2RenderingContext, ...args: unknown[]) {
    const [, , , y, , height, format, type] = args as number[];
    if (type === this.SHORT && heights.get(bound!) === slices) {
      for (let k = y!; k < y! + height!; k++) uploaded.add(k);
    }
    if (type === this.UNSIGNED_BYTE && format === this.RED_INTEGER) labels = true;
    Reflect.apply(texSubImage2D, this, args);
  } as typeof texSubImage2D;
  const drew = (gl: WebGL2RenderingContext): void => void (drawn = gl);
  prototype.drawArrays = function (...args) {
    drew(this);
    drawArrays.apply(this, args);
  };

  /** Whether the page says that it still reads. */
  const isLoading = (): boolean => document.querySelector('[aria-busy="true"]') !== null;

  /** Whether a patch in the middle of the first view is a picture, not one colour. */
  function showsPicture(gl: WebGL2RenderingContext): boolean {
    const { width, height } = gl.canvas;
    const patch = new Uint32Array(64 * 64);
    const bytes = new Uint8Array(patch.buffer);
    gl.readPixels(width >> 2, height >> 1, 64, 64, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return new Set(patch).size > 8;
  }

  const waitFor = (gl: WebGL2RenderingContext): void =>
    gl.readPixels(1, 1, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));

  function noteProgress(gl: WebGL2RenderingContext): void {
    if (!(noted.firstPicture > 0) && showsPicture(gl)) noted.firstPicture = now();
    const isAll = uploaded.size === slices && !isLoading();
    if (!(noted.allUploaded > 0) && isAll) noted.allUploaded = now();
  }

  const frame = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = (callback) =>
    frame((time) => {
      const from = now();
      callback(time);
      const script = now() - from;
      if (drawn === undefined) return;
      if (noted.waits) waitFor(drawn);
      noted.frames.push({ from, script, pixels: now() - from, labels });
      if (noted.waits) noteProgress(drawn);
      drawn = undefined;
      labels = false;
    });

  for (const type of ['wheel', 'pointermove', 'keydown']) {
    const note = (event: Event): void => {
      if (event instanceof PointerEvent && event.buttons !== 1) return;
      const input = { type, at: now(), handled: 0 };
      noted.inputs.push(input);
      // Behind the handlers and what they left to microtasks.
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => (input.handled = now() - input.at);
      port1.postMessage(null);
    };
    window.addEventListener(type, note, { capture: true, passive: true });
  }

  const { send, addEventListener } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (new TextDecoder().decode(data as Uint8Array).includes('"volumes.open"'))
      noted.asked = now();
    send.call(this, data);
  };
  WebSocket.prototype.addEventListener = function (type: string, listener: (event: Event) => void) {
    addEventListener.call(this, type, (event: Event) => {
      const at = now();
      listener(event);
      const data = event instanceof MessageEvent ? (event.data as unknown) : undefined;
      if (data instanceof ArrayBuffer && data.byteLength > 2 ** 17)
        noted.maps.push({ at, took: now() - at });
    });
  };
}
