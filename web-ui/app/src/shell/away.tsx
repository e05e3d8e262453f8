// "Node away": the page greys, says how old what it shows is, and keeps trying. A short cut heals
// before anybody needs to know, so the page waits a moment before it says so.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../cell";
import { connection } from "../live/connection";
import { Icon } from "../parts/icon";
import { timeOfDay } from "../words/format";
import { say } from "../words/say";

const PATIENCE_MS = 700;

export function useAwayShown(): boolean {
  const line = useCell(connection.line);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (line.state !== "away") {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [line.state]);
  return shown;
}

export function AwayBanner({ shown }: { shown: boolean }): JSX.Element {
  const { lastGood } = useCell(connection.line);
  return (
    <div class="away-place" role="alert">
      {shown && (
        <div class="away">
          <Icon name="away" />
          <p>
            <strong>{say("node_away")}</strong>{" "}
            {lastGood === 0 ? say("node_never") : say("last_good", { time: timeOfDay(lastGood) })}
          </p>
          <button type="button" class="button" onClick={() => connection.tryNow()}>
            {say("try_now")}
          </button>
        </div>
      )}
    </div>
  );
}
