import { toasts } from './toasts';

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    {toasts.value.map((each) => (
      <div key={each.id} class={each.isBad ? 'toast is-bad' : 'toast'} data-testid="toast">
        <span>{each.text}</span>
        {each.action && <button type="button" class="button" onClick={each.action.run} data-testid="toast-action">{each.action.label}</button>}
      </div>
    ))}
  </div>
);
