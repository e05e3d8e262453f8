// The states of a place that has nothing to show: still loading, failed, or truly empty.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Phase } from "../live/nouns";
import { say } from "../words/say";
import { Icon } from "./icon";
import type { IconName } from "./icon";

// Faster than this and a "loading" would only flicker.
const PATIENCE_MS = 300;

export function Patience(): JSX.Element | null {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div class="patience" role="status">
      <span class="seen-by-readers">{say("loading")}</span>
      <i /><i /><i /><i />
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <Icon name={icon} size={32} />
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface FaultProps {
  text: string;
  again?: () => void;
}

export function Fault({ text, again }: FaultProps): JSX.Element {
  return (
    <div class="fault" role="alert">
      <Icon name="problem" />
      <div>
        <p class="fault-title">{say("could_not_load")}</p>
        <p>{text}</p>
        {again !== undefined && (
          <button type="button" class="button" onClick={again}>{say("try_again")}</button>
        )}
      </div>
    </div>
  );
}

interface ReadyProps {
  noun: { phase: Phase; fault: string; again: () => void };
  children: () => ComponentChildren;
}

/** Draws its content once the noun has rows to show. */
export function WhenReady({ noun, children }: ReadyProps): JSX.Element {
  if (noun.phase === "failed")
    return <Fault text={noun.fault} again={() => noun.again()} />;
  if (noun.phase !== "live") return <Patience />;
  return <>{children()}</>;
}
