// The icons, drawn as strokes on a 20-unit square in the colour of the text beside them. An icon
// never speaks alone: the word stands next to it, so it is hidden from screen readers.
import type { JSX } from "preact";

const PATHS = {
  today: "M3.5 9.2 10 4l6.5 5.2M5.2 8v8h9.6V8M8 16v-4.2h4V16",
  orders: "M4.5 7h11l.8 9.5H3.7L4.5 7ZM7.2 9V6.2a2.8 2.8 0 0 1 5.6 0V9",
  scan: "M3 6.5V4h3M17 6.5V4h-3M3 13.5V16h3M17 13.5V16h-3M6.2 7v6M9 7v6M11.2 7v6M13.8 7v6",
  stock: "M3.5 6.6 10 3.2l6.5 3.4v6.8L10 16.8l-6.5-3.4V6.6ZM3.7 6.8 10 10l6.3-3.2M10 10v6.6",
  labels: "M3.5 4.5h5.8l7.2 7-5.3 5.2-7.7-7.4V4.5ZM6.7 7.6h.01",
  sensors: "M8 11.6V5a2 2 0 1 1 4 0v6.6a3.4 3.4 0 1 1-4 0ZM10 8v6M14.8 5h2M14.8 8h2",
  link: "M6 15h8.2a3 3 0 0 0 .5-6 4.8 4.8 0 0 0-9.2-.8A3.5 3.5 0 0 0 6 15Z",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  ok: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM6.8 10.2l2.2 2.2 4.2-4.6",
  attention: "M10 3.4 17.4 16H2.6L10 3.4ZM10 8.2v3.6M10 13.8h.01",
  problem: "M7 3h6l4 4v6l-4 4H7l-4-4V7l4-4ZM7.6 7.6l4.8 4.8M12.4 7.6l-4.8 4.8",
  unknown: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM8 8.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.3M10 13.4h.01",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  back: "M12 4.5 6.5 10l5.5 5.5",
  next: "M8 4.5 13.5 10 8 15.5",
  close: "M5 5l10 10M15 5 5 15",
  undo: "M7.5 4.5 4 8l3.5 3.5M4 8h7.5a4 4 0 0 1 0 8H8",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.2l2.6 1.6",
  battery: "M3 7h11.5v6H3V7ZM16.8 9v2M5.4 9.2v1.6M8 9.2v1.6",
  camera: "M3.5 6.5h3L8 4.5h4l1.5 2h3v9h-13v-9ZM10 13.6a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z",
  check: "M4.5 10.5l3.6 3.6 7.4-8",
  shelf: "M3.5 4v13M16.5 4v13M3.5 8h13M3.5 13.5h13M6 8V5.5h3V8M11 13.5v-3h3v3",
  receive: "M10 3v8M6.8 8 10 11.2 13.2 8M3.5 11.5V16h13v-4.5",
  send: "M10 11.5v-8M6.8 6.5 10 3.3l3.2 3.2M3.5 11.5V16h13v-4.5",
  count: "M5 4v12M8 4v12M11 4v12M14 4v12M3.5 13.5 16.5 7",
  plus: "M10 4.5v11M4.5 10h11",
  away: "M3 4l14 12.5M5.4 8.4A3.5 3.5 0 0 0 6 15h7.4M8.2 5.4a4.8 4.8 0 0 1 6.5 3.6 3 3 0 0 1 1.9 4.6",
  fresh: "M16 10a6 6 0 1 1-1.8-4.3M16 3.5v3.2h-3.2",
  sale: "M4.5 3.5h11v13l-2.2-1.4-2.2 1.4-2.2-1.4-2.2 1.4-2.2-1.4v-11.6ZM7.5 7.2h5M7.5 10.4h5",
  person: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5a6 6 0 0 1 12 0",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} width={size} height={size} viewBox="0 0 20 20"
      aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
