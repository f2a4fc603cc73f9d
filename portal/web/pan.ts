/** Below this a press is a touch, not a drag. */
const LEAST_PX = 4;

/**
 * Lets somebody pull a picture sideways: `onMove` is told, once a frame at most, by how many pixels it is pulled now,
 * `onEnd` by how many in the end. Returns what ends it.
 */
export function createPan({
  target,
  onMove,
  onEnd,
}: {
  target: HTMLElement;
  onMove: (pulledPx: number) => void;
  onEnd: (pulledPx: number) => void;
}): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  let fromX: number | undefined;
  let pulledPx = 0;
  let frame = 0;

  target.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      fromX = event.clientX;
      pulledPx = 0;
    },
    { signal },
  );
  // Over the whole page: a hand that has left the picture still holds it.
  addEventListener(
    "pointermove",
    (event) => {
      if (fromX === undefined) return;
      pulledPx = event.clientX - fromX;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => onMove(pulledPx));
    },
    { signal },
  );
  const end = () => {
    if (fromX === undefined) return;
    fromX = undefined;
    cancelAnimationFrame(frame);
    if (Math.abs(pulledPx) < LEAST_PX) onMove(0);
    else onEnd(pulledPx);
  };
  addEventListener("pointerup", end, { signal });
  addEventListener("pointercancel", end, { signal });
  return () => {
    cancelAnimationFrame(frame);
    listening.abort();
  };
}
