import { Presets, SingleBar } from "cli-progress";
import { visible, visibleLine } from "../src/index.js";

/** A progress display on standard error, so that standard output stays clean for results. */
export interface Progress {
  /** @param done units done so far @param note a few words behind the bar, e.g. the loss */
  update(done: number, note: string): void;
  stop(): void;
}

/** Milliseconds between two lines where standard error is no terminal. */
const LINE_INTERVAL = 10_000;

/**
 * Starts a bar with time left on a terminal, or a line now and then where standard error goes to a file.
 *
 * @param label what is being done @param total units of work @param done units done before this start (a resumed run)
 * @param unit name of a unit, e.g. `images`
 */
export function startProgress(label: string, total: number, unit: string, done = 0): Progress {
  return process.stderr.isTTY ? barProgress(label, total, done) : lineProgress(label, total, unit, done);
}

function barProgress(label: string, total: number, done: number): Progress {
  const bar = new SingleBar(
    {
      stream: process.stderr,
      // What is most wanted comes first: a narrow terminal cuts the end off.
      format: `${visibleLine(label)} [{bar}] {percentage}%, {eta_formatted} left | {note}`,
      hideCursor: true,
      clearOnComplete: false,
      etaBuffer: 50,
      barsize: 12,
      gracefulExit: false,
    },
    Presets.rect,
  );
  bar.start(total, done, { note: "" });
  const stop = (): void => bar.stop();
  // The bar hides the cursor: it must come back even where a second Ctrl-C ends the program at once.
  process.once("exit", stop);
  return {
    update: (value, note) => bar.update(value, { note: visibleLine(note) }),
    stop() {
      process.off("exit", stop);
      stop();
    },
  };
}

/** Tells the ANSI terminal to come back here; a bar that stops does come back to where it believes it began. */
const SAVE_CURSOR = "\x1b7";

/** Writes a line while a bar may be on the screen; the bar goes on below it. */
export function noteAboveProgress(text: string): void {
  process.stderr.write(`\n${visible(text)}\n${process.stderr.isTTY ? SAVE_CURSOR : ""}`);
}

function lineProgress(label: string, total: number, unit: string, doneBefore: number): Progress {
  const start = performance.now();
  let last = start;
  return {
    update(done, note) {
      const now = performance.now();
      if (now - last < LINE_INTERVAL) return;
      last = now;
      const left = done > doneBefore ? ((now - start) / (done - doneBefore)) * (total - done) : Number.NaN;
      const line = `${label}: ${done}/${total} ${unit}, ${note}, ${formatDuration(left / 1000)} left`;
      process.stderr.write(`${visibleLine(line)}\n`);
    },
    stop() {},
  };
}

/** Seconds as a person says them: `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  if (!(seconds >= 0 && seconds < Infinity)) return "unknown time";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
