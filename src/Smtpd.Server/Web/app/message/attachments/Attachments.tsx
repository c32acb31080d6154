export default function Attachments() {
  return <p class="empty">Soon.</p>;
}
