import type { Task } from './useTask';

export const TaskState = ({ task, done, testId }: { task: Task; done?: string; testId: string }) => (
  <>
    {task.problem && (
      <p class="task-problem" role="alert" data-testid={`${testId}-problem`}>
        {task.problem}
      </p>
    )}
    <span class="muted" role="status" data-testid={`${testId}-state`}>
      {task.isRunning ? 'Saving…' : task.isDone ? done : ''}
    </span>
  </>
);
