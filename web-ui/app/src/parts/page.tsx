// The frame of every place: a heading, what belongs beside it, and either one pane or a list with
// its detail. On a phone the detail covers the list, which keeps its place underneath.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { connection } from "../live/connection";
import { close } from "../route";
import { say } from "../words/say";
import { Icon } from "./icon";
import { useMedia } from "./media";

interface HeadProps {
  title: string;
  beside?: ComponentChildren;
  children?: ComponentChildren;
}

let firstPlace = true;

/**
 * The heading takes the focus when the person goes to another place, so that a screen reader says
 * where it is; not when the page loads, where the focus belongs at the very start.
 */
export function Head({ title, beside, children }: HeadProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const store = connection.hello.value?.name;
    document.title = store === undefined ? title : `${title} · ${store}`;
    const free = document.activeElement === document.body || document.activeElement === null;
    if (free && !firstPlace) heading.current?.focus({ preventScroll: true });
    firstPlace = false;
  }, [title]);
  return (
    <header class="head">
      <div class="head-line">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {beside}
      </div>
      {children}
    </header>
  );
}

interface PaneProps {
  name: string;
  children: ComponentChildren;
}

export function Pane({ name, children }: PaneProps): JSX.Element {
  return (
    <div class="page">
      <div class={`pane pane-${name}`}>{children}</div>
    </div>
  );
}

interface SplitProps {
  name: string;
  list: ComponentChildren;
  /** Null when nothing is open. */
  detail: ComponentChildren | null;
}

export function Split({ name, list, detail }: SplitProps): JSX.Element {
  const narrow = useMedia("(max-width: 799px)");
  const covered = narrow && detail !== null;
  return (
    <div class={`page split${detail === null ? "" : " split-open"}`}>
      <div class={`pane pane-${name}`} {...(covered ? { inert: true } : {})}>{list}</div>
      {detail}
    </div>
  );
}

interface DetailProps {
  /** The part of the query that holds what is open; closing takes it away. */
  part: string;
  label: string;
  title: ComponentChildren;
  kicker?: ComponentChildren;
  /** Stays in sight at the bottom: the actions. */
  foot?: ComponentChildren;
  children: ComponentChildren;
}

/** Tells the styles how high the actions are, so that nothing told ever lies over them. */
function useFootHeight(shown: boolean): { current: HTMLElement | null } {
  const foot = useRef<HTMLElement>(null);
  useEffect(() => {
    const { style } = document.documentElement;
    const element = foot.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(() =>
      style.setProperty("--foot", `${element.offsetHeight}px`));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      style.removeProperty("--foot");
    };
  }, [shown]);
  return foot;
}

export function Detail(props: DetailProps): JSX.Element {
  const { part, label, title, kicker, foot, children } = props;
  const place = useRef<HTMLElement>(null);
  const narrow = useMedia("(max-width: 799px)");
  const footed = foot !== undefined && foot !== null;
  const footPlace = useFootHeight(footed);
  useEffect(() => {
    // On a phone the detail is a new page; beside a list the focus stays with the list.
    if (narrow) place.current?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }, [narrow, label]);
  return (
    <section ref={place} class="detail" aria-label={label}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        close(part);
      }}>
      <div class="detail-scroll">
        <header class="detail-head">
          <button type="button" class="button-icon detail-back" aria-label={say("back")}
            onClick={() => close(part)}>
            <Icon name={narrow ? "back" : "close"} />
          </button>
          <div class="detail-name">
            {kicker !== undefined && <p class="kicker">{kicker}</p>}
            <h2 tabIndex={-1}>{title}</h2>
          </div>
        </header>
        {children}
      </div>
      {footed && <footer ref={footPlace} class="detail-foot">{foot}</footer>}
    </section>
  );
}

interface BlockProps {
  title: string;
  beside?: ComponentChildren;
  children: ComponentChildren;
}

export function Block({ title, beside, children }: BlockProps): JSX.Element {
  return (
    <section class="block">
      <div class="block-head"><h3>{title}</h3>{beside}</div>
      {children}
    </section>
  );
}

/** Pairs of a name and its value. Pairs without a value are left out. */
export function Facts({ pairs }: { pairs: [string, ComponentChildren][] }): JSX.Element {
  const told = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <dl class="facts">
      {told.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

/** A name as a value of Facts; nothing, and so no pair, when there is none. */
export function named(text: string | null | undefined): ComponentChildren {
  if (text === null) return <span class="quiet">{say("erased")}</span>;
  return text === undefined || text === "" ? "" : <bdi>{text}</bdi>;
}
