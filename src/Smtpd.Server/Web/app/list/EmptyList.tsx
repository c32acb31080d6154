import { list } from './messages';

export function EmptyList() {
  const isSearch = (list.value?.query ?? '') !== '';
  return (
    <div class="empty" data-testid="empty-list">
      <p>{isSearch ? 'Nothing is found.' : 'No messages yet. What is sent here shows up at once.'}</p>
    </div>
  );
}
