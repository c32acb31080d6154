import { useState } from 'preact/hooks';

export interface Task {
  isRunning: boolean;
  /** The last problem, in the server's words. */
  problem: string;
  /** True after a run that went well. */
  isDone: boolean;
  run: (work: () => Promise<void>) => Promise<void>;
}

/** Something that is asked of the server by a form. */
export function useTask(): Task {
  const [state, setState] = useState<Omit<Task, 'run'>>({ isRunning: false, problem: '', isDone: false });
  const run = async (work: () => Promise<void>) => {
    setState({ isRunning: true, problem: '', isDone: false });
    try {
      await work();
      setState({ isRunning: false, problem: '', isDone: true });
    } catch (problem) {
      setState({ isRunning: false, problem: problem instanceof Error ? problem.message : String(problem), isDone: false });
    }
  };
  return { ...state, run };
}
