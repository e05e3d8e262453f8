// Tasks: everything that somebody in the store must do now, in one list, the most urgent first.
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";

import { useCell } from "../../cell";
import { byAssociate } from "../../live/associate";
import { useFollowed } from "../../live/followed";
import { useNoun } from "../../live/nouns";
import type { TaskRow } from "../../live/work_rows";
import { Ask } from "../../parts/ask";
import { Chips, FreshRows } from "../../parts/chips";
import type { Chip } from "../../parts/chips";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Head, named, Pane } from "../../parts/page";
import { useSettled } from "../../parts/settled";
import { compareTasks, isTaskLate, TASKS_MAX, taskKey, TaskLink } from "../../parts/task";
import { route } from "../../route";
import { say, sayOr } from "../../words/say";

const WORK = ["orders", "stock", "other"] as const;
type Filter = "" | "late" | (typeof WORK)[number];

function workOf(task: TaskRow): Filter {
  if (task.noun === "order") return "orders";
  return ["product", "delivery", "count", "transfer"].includes(task.noun) ? "stock" : "other";
}

function passes(task: TaskRow, filter: Filter): boolean {
  if (filter === "") return true;
  return filter === "late" ? isTaskLate(task) : workOf(task) === filter;
}

function chipsOf(tasks: readonly TaskRow[]): Chip[] {
  const filters: readonly Filter[] = ["", "late", ...WORK];
  return filters.map((value) => ({
    value, count: tasks.filter((task) => passes(task, value)).length,
    word: value === "" ? say("all") : value === "late" ? say("orders_late") : say(`tasks_${value}`),
    tone: value === "late" ? "problem" as const : undefined,
  }));
}

/** What people or HQ asked for in words is done when somebody says so. */
function OwnTask({ task, gone }: { task: TaskRow; gone: boolean }): JSX.Element {
  return (
    <div class="own-task">
      <p><strong>{sayOr(`task_${task.kind}`, task.kind)}</strong> {named(task.reason)}</p>
      {!gone && (
        <Ask type="task.done" data={{ kind: task.kind, key: task.key, ...byAssociate() }}
          fields={[]} verb={say("do_task_done")} done={() => say("did_task_done")} />
      )}
    </div>
  );
}

export function Tasks(): JSX.Element {
  const { query } = useCell(route);
  // The counts of the status stay the same when one order takes another's place.
  useNoun("order");
  const asked = useFollowed<{ rows: TaskRow[] }>("status", "task.list", { limit: TASKS_MAX });
  const place = useRef<HTMLDivElement>(null);
  const chosen = query.get("of") ?? "";
  const filter = (["late", ...WORK] as const).find((each) => each === chosen) ?? "";
  const rows = useMemo(() => [...asked.answer?.rows ?? []].sort(compareTasks), [asked.answer]);
  const byKey = new Map(rows.map((task) => [taskKey(task), task]));
  const last = useRef(byKey);
  const wanted = rows.filter((task) => passes(task, filter)).map(taskKey);
  const settled = useSettled(wanted, filter, place);
  const taskOf = (key: string): TaskRow | undefined => byKey.get(key) ?? last.current.get(key);
  const shown = settled.keys.map(taskOf).filter((task): task is TaskRow => task !== undefined);
  last.current = new Map([...last.current, ...byKey]);
  return (
    <Pane name="tasks">
      <div ref={place}>
        <div class="list-head">
          <Head title={say("place_tasks")}>
            <Chips label={say("filter")} part="of" value={filter} chips={chipsOf(rows)}
              known={asked.answer !== null} />
          </Head>
          <FreshRows fresh={settled.fresh} waits={settled.waits} apply={settled.apply} words={{
            fresh: say("fresh_orders", { count: settled.fresh }), moved: say("sort_again"),
          }} />
        </div>
        {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
        {!asked.known && <Patience />}
        {asked.answer !== null && shown.length === 0 && (
          <Empty icon="ok" title={say("tasks_none")}><p>{say("tasks_none_hint")}</p></Empty>
        )}
        <ul class="tasks tasks-all" aria-label={say("place_tasks")}>
          {shown.map((task) => (
            <li key={taskKey(task)} class={settled.gone.has(taskKey(task)) ? "gone" : ""}>
              {task.noun === "task"
                ? <OwnTask task={task} gone={settled.gone.has(taskKey(task))} />
                : <TaskLink task={task} />}
            </li>
          ))}
        </ul>
      </div>
    </Pane>
  );
}
