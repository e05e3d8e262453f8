// A task: what somebody must do now, why, since when, and the way to it.
import type { JSX } from "preact";

import type { TaskRow } from "../live/work_rows";
import { hrefOf } from "../route";
import { sayOr } from "../words/say";
import { useProducts } from "../live/nouns";
import { nowMs } from "../live/clock";
import { Icon } from "./icon";
import type { IconName } from "./icon";
import { named } from "./page";
import { State } from "./state";
import { say } from "../words/say";
import { millis, When } from "./when";

export const TASKS_MAX = 200;

const ICON: Record<string, IconName> = {
  answer: "plus", pick: "orders", pack: "stock", stage: "shelf", hand_over: "person",
  restock: "undo", inspect: "search", receive: "stock", fill: "shelf", count: "check",
  approve: "ok", markdown: "labels", waste: "close", call: "attention", other: "today",
};

/** The page where the thing itself is. */
export function hrefOfTask(task: TaskRow): string {
  const places: Record<string, [string, string]> = {
    order: ["/orders", "order"], product: ["/stock", "product"],
    delivery: ["/deliveries", "delivery"], count: ["/counts", "count"],
    transfer: ["/transfers", "transfer"],
  };
  const place = places[task.noun];
  if (place === undefined) return hrefOf("/tasks", { task: task.key });
  return hrefOf(place[0], {
    [place[1]]: task.key, do: place[0] === "/stock" ? task.kind : null,
  });
}

export function isTaskLate(task: TaskRow): boolean {
  const due = millis(task.due);
  return due !== null && due < nowMs();
}

/** Late first, then by priority, then by when it is due, then the oldest. */
export function compareTasks(a: TaskRow, b: TaskRow): number {
  const late = Number(isTaskLate(b)) - Number(isTaskLate(a));
  if (late !== 0) return late;
  if ((a.priority ?? 0) !== (b.priority ?? 0)) return (b.priority ?? 0) - (a.priority ?? 0);
  const never = Number.MAX_SAFE_INTEGER;
  const due = (millis(a.due) ?? never) - (millis(b.due) ?? never);
  return due !== 0 ? due : (millis(a.since) ?? never) - (millis(b.since) ?? never);
}

export function taskKey(task: TaskRow): string {
  return `${task.kind} ${task.noun} ${task.key}`;
}

export function TaskLink({ task }: { task: TaskRow }): JSX.Element {
  const products = useProducts(task.noun === "product" ? [task.key] : []);
  const late = isTaskLate(task);
  const tone = late ? "problem" : "plain";
  const name = task.noun === "product" ? products.rows.get(task.key)?.name ?? task.key
    : task.noun === "task" ? "" : task.title ?? task.key;
  return (
    <a class={`task tone-${tone}`} href={hrefOfTask(task)}>
      <span class="task-icon"><Icon name={ICON[task.kind] ?? "attention"} size={22} /></span>
      <span class="task-main">
        <span class="task-text">
          {sayOr(`task_${task.kind}`, task.kind)}{name !== "" && <> · <bdi>{name}</bdi></>}
        </span>
        <span class="task-sub">
          {late && <State tone="problem" word={say("orders_late")} />}
          {task.reason !== undefined && task.reason !== "" && (
            <span class="quiet">{named(task.reason)}</span>
          )}
          <span class="quiet">
            {task.due === undefined || task.due === null ? <When at={task.since} as="since" />
              : <When at={task.due} as="due" />}
          </span>
        </span>
      </span>
      <Icon name="next" size={18} />
    </a>
  );
}
