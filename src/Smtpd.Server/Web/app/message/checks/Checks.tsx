export default function Checks() {
  return <p class="empty">Soon.</p>;
}
