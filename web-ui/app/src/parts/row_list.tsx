// A list of rows of equal height of which only the visible ones are drawn, so 20,000 labels cost
// as much as twenty. Arrow keys walk through it; Tab goes past it in one step.
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { useMedia } from "./media";

const ROW_PX = 56;
const ROW_NARROW_PX = 64;
const SPARE_ROWS = 8;
const LIT_MS = 900;

interface Props {
  /** What the list is, for screen readers. */
  label: string;
  keys: readonly string[];
  gone?: ReadonlySet<string>;
  lit?: ReadonlyMap<string, number>;
  open?: string | null;
  hrefOf: (key: string) => string;
  children: (key: string) => ComponentChildren;
}

interface Range {
  first: number;
  last: number;
}

function useRange(list: RefObject<HTMLElement>, count: number, rowPx: number): Range {
  const [range, setRange] = useState<Range>({ first: 0, last: 40 });
  useLayoutEffect(() => {
    const element = list.current;
    const pane = element?.closest<HTMLElement>(".pane") ?? null;
    if (element === null || pane === null) return undefined;
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const above = pane.getBoundingClientRect().top - element.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(above / rowPx) - SPARE_ROWS);
      const last = Math.ceil((above + pane.clientHeight) / rowPx) + SPARE_ROWS;
      setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    const lookSoon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    const sizes = new ResizeObserver(lookSoon);
    sizes.observe(pane);
    pane.addEventListener("scroll", lookSoon, { passive: true });
    look();
    return () => {
      cancelAnimationFrame(frame);
      sizes.disconnect();
      pane.removeEventListener("scroll", lookSoon);
    };
  }, [list, rowPx, count]);
  return { first: range.first, last: Math.min(count, range.last) };
}

interface ItemProps {
  href: string;
  position: number;
  count: number;
  rowPx: number;
  current: boolean;
  replaces: boolean;
  gone: boolean;
  litMs: number;
  walks: boolean;
  onFocus: () => void;
  children: ComponentChildren;
}

function Item(props: ItemProps): JSX.Element {
  const { litMs, position, rowPx } = props;
  const [lit, setLit] = useState(false);
  useEffect(() => {
    if (Date.now() - litMs > LIT_MS) return undefined;
    setLit(true);
    const timer = setTimeout(() => setLit(false), LIT_MS);
    return () => clearTimeout(timer);
  }, [litMs]);
  const classes = ["row", lit ? "lit" : "", props.gone ? "gone" : ""].join(" ").trim();
  return (
    <li class="row-place" style={{ top: `${position * rowPx}px`, height: `${rowPx}px` }}
      aria-posinset={position + 1} aria-setsize={props.count}>
      <a class={classes} href={props.href} tabIndex={props.walks ? 0 : -1}
        aria-current={props.current ? "true" : undefined} onFocus={props.onFocus}
        data-position={position} data-replace={props.replaces ? "yes" : undefined}>
        {props.children}
      </a>
    </li>
  );
}

function stepOf(key: string, at: number, count: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10,
    Home: 0, End: count - 1,
  };
  const to = steps[key];
  return to === undefined ? null : Math.max(0, Math.min(count - 1, to));
}

export function RowList(props: Props): JSX.Element {
  const { keys, open = null } = props;
  const rowPx = useMedia("(max-width: 700px)") ? ROW_NARROW_PX : ROW_PX;
  const list = useRef<HTMLUListElement>(null);
  const range = useRange(list, keys.length, rowPx);
  const [walked, setWalked] = useState<string | null>(null);

  const inRange = (key: string | null): boolean => {
    const at = key === null ? -1 : keys.indexOf(key);
    return at >= range.first && at < range.last;
  };
  const entry = [walked, open].find(inRange) ?? keys[range.first] ?? null;

  const walk = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    const to = stepOf(event.key, Number(target.dataset["position"] ?? 0), keys.length);
    if (to === null) return;
    event.preventDefault();
    const pane = list.current?.closest<HTMLElement>(".pane");
    const top = (list.current?.offsetTop ?? 0) + to * rowPx;
    if (pane !== null && pane !== undefined) {
      const sticky = pane.querySelector<HTMLElement>(".list-head")?.offsetHeight ?? 0;
      if (top - sticky < pane.scrollTop) pane.scrollTop = top - sticky;
      else if (top + rowPx > pane.scrollTop + pane.clientHeight)
        pane.scrollTop = top + rowPx - pane.clientHeight;
    }
    setWalked(keys[to] ?? null);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      list.current?.querySelector<HTMLElement>(`[data-position="${to}"]`)?.focus();
    }));
  };

  const drawn = keys.slice(range.first, range.last);
  return (
    <ul ref={list} class="rows" aria-label={props.label} onKeyDown={walk}
      style={{ height: `${keys.length * rowPx}px` }}>
      {drawn.map((key, index) => (
        <Item key={key} href={props.hrefOf(key)} position={range.first + index}
          count={keys.length} rowPx={rowPx} current={key === open} replaces={open !== null}
          gone={props.gone?.has(key) ?? false} litMs={props.lit?.get(key) ?? 0}
          walks={key === entry} onFocus={() => setWalked(key)}>
          {props.children(key)}
        </Item>
      ))}
    </ul>
  );
}

interface CellsProps {
  state: ComponentChildren;
  title: ComponentChildren;
  sub: ComponentChildren;
  /** Only where the list is wide enough for columns. */
  columns?: ComponentChildren[];
  end?: ComponentChildren;
  /** Under the end, where there are no columns that say it. */
  endSub?: ComponentChildren;
}

/** What stands in a row: two lines where it is narrow, columns where it is wide. */
export function RowCells(props: CellsProps): JSX.Element {
  const { state, title, sub, columns = [], end, endSub } = props;
  return (
    <>
      <span class="row-state">{state}</span>
      <span class="row-main">
        <span class="row-title">{title}</span>
        <span class="row-sub">{sub}</span>
      </span>
      {columns.map((column, index) => <span class="row-column" key={index}>{column}</span>)}
      <span class="row-end">{end}</span>
      {endSub !== undefined && <span class="row-end-sub">{endSub}</span>}
    </>
  );
}

/** The names of the columns, seen only where there are columns. */
export function RowNames({ names }: { names: string[] }): JSX.Element {
  return (
    <div class="row-names" aria-hidden="true">
      {names.map((name) => <span key={name}>{name}</span>)}
    </div>
  );
}
