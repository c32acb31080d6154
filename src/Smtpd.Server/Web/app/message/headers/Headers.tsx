export default function Headers() {
  return <p class="empty">Soon.</p>;
}
