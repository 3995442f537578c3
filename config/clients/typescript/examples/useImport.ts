/** A React hook that shows an import's progress, through the route handler beside it. */

import { useEffect, useState } from "react";

import type { Event } from "../src/index.js";

export function useImport(jobId: number | null): Event | null {
  const [latest, setLatest] = useState<Event | null>(null);
  useEffect(() => {
    if (jobId === null) return;
    const source = new EventSource(`/api/imports/${jobId}/events`);
    source.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as Event;
      setLatest(event);
      if (["completed", "failed", "cancelled"].includes(event.status)) source.close();
    };
    return () => source.close();
  }, [jobId]);
  return latest;
}
