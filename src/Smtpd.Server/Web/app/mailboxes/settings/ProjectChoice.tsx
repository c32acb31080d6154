import { api } from '../../api/client';
import { projects } from '../../state/mailboxes';

/** The id of a project, or the name of one to be made. */
export type Choice = { id: number } | { name: string };

export function ProjectChoice({ value, onChange }: { value: Choice; onChange: (value: Choice) => void }) {
  const isNew = 'name' in value;
  return (
    <>
      <label class="field">
        <span>Project</span>
        <select
          class="input"
          value={isNew ? 'new' : value.id}
          onChange={({ currentTarget }) => onChange(currentTarget.value === 'new' ? { name: '' } : { id: Number(currentTarget.value) })}
          data-testid="project"
        >
          {projects.value.map((project) => (
            <option key={project.id} value={project.id}>
              {project.name}
            </option>
          ))}
          <option value="new">New project…</option>
        </select>
      </label>
      {isNew && (
        <label class="field">
          <span>Name of the new project</span>
          <input class="input" required value={value.name} onInput={({ currentTarget }) => onChange({ name: currentTarget.value })} data-testid="project-name" />
        </label>
      )}
    </>
  );
}

/** The project's id; one that is new is made now. */
export async function projectOf(choice: Choice): Promise<number> {
  if ('id' in choice) return choice.id;
  const project = await api.addProject(choice.name.trim());
  projects.value = [...projects.value, project];
  return project.id;
}
