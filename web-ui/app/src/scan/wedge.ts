// A wedge scanner is a keyboard that types a code within a blink and ends it with Enter. Such a
// burst is a scan wherever the focus is: what it typed into a field is taken out again, and
// slower typing is left alone.
const GAP_MS = 40;
const CODE_MIN = 4;
const CODE_MAX = 512;
const GROUP_SEPARATOR = "\u001d";

export interface Key {
  key: string;
  ctrl: boolean;
  alt: boolean;
  timeMs: number;
}

/** Pure: takes keys one by one and returns a code when an Enter ends a burst. */
export class Burst {
  private text = "";
  private lastMs = -Infinity;

  get length(): number {
    return this.text.length;
  }

  /** True while keys come faster than fingers, so shortcuts must keep their hands off. */
  runs(timeMs: number): boolean {
    return this.text.length > 1 && timeMs - this.lastMs <= GAP_MS;
  }

  take(key: Key): string | null {
    if (key.timeMs - this.lastMs > GAP_MS) this.text = "";
    if (key.key === "Enter") {
      const code = this.text;
      this.text = "";
      return code.length >= CODE_MIN ? code : null;
    }
    const sign = signOf(key);
    if (sign === null) return null;
    this.lastMs = key.timeMs;
    this.text = (this.text + sign).slice(-CODE_MAX);
    return null;
  }
}

function signOf(key: Key): string | null {
  // Scanners send the GS1 field separator as Ctrl+] or as F8.
  if ((key.ctrl && key.key === "]") || key.key === "F8") return GROUP_SEPARATOR;
  if (key.ctrl && !key.alt) return null;
  return key.key.length === 1 ? key.key : null;
}

type Editable = HTMLInputElement | HTMLTextAreaElement;

function editable(): Editable | null {
  const element = document.activeElement;
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    ? element : null;
}

const burst = new Burst();

export function burstRuns(timeMs: number): boolean {
  return burst.runs(timeMs);
}

export function startWedge(onScan: (code: string) => void): void {
  let before: { element: Editable; value: string } | null = null;
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    const key = {
      key: event.key, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey,
      timeMs: event.timeStamp,
    };
    const code = burst.take(key);
    if (burst.length === 1) {
      const element = editable();
      before = element === null ? null : { element, value: element.value };
    }
    if (code === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (before !== null && before.element.value !== before.value) {
      before.element.value = before.value;
      before.element.dispatchEvent(new Event("input", { bubbles: true }));
    }
    onScan(code);
  }, { capture: true });
}
