using System.Globalization;
using Smtpd.Server.Http.OpenApi;
using Smtpd.Server.Mailboxes;

namespace Smtpd.Server.Http;

/// <summary>Groups of mailboxes: for administrators only.</summary>
internal static class ProjectRoutes
{
    public static void MapProjects(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects", ListAsync)
            .Describe("Projects", "listProjects", "All projects, by id.",
                it => it.Answer(ApiJson.Default.ProjectListView, Examples.Projects));
        routes.MapPost("/api/projects", AddAsync)
            .Describe("Projects", "addProject", "Makes a project.",
                it => it.Takes(ApiJson.Default.ProjectBody, Examples.ProjectRequest).Answer(ApiJson.Default.ProjectView, Examples.Project, 201, "Made."));
        routes.MapPatch("/api/projects/{projectId:int}", RenameAsync)
            .Describe("Projects", "renameProject", "Renames a project.",
                it => it.Takes(ApiJson.Default.ProjectBody, Examples.ProjectRequest).Answer(ApiJson.Default.ProjectView, Examples.Project));
        routes.MapDelete("/api/projects/{projectId:int}", RemoveAsync)
            .Describe("Projects", "removeProject", "Removes a project without mailboxes.",
                it => it.AnswerNothing());
    }

    private static async Task<IResult> ListAsync(IMessageStore store, CancellationToken cancellationToken)
    {
        var projects = await store.ListProjectsAsync(cancellationToken);
        return TypedResults.Json(new ProjectListView([.. projects.Select(ProjectView.Of)]), ApiJson.Default.ProjectListView);
    }

    private static async Task<IResult> AddAsync(HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.ProjectBody, cancellationToken);
        if (body is null)
            return problem!;
        if (!Mailbox.IsName(body.Name))
            return WrongName();
        if (await store.AddProjectAsync(body.Name, cancellationToken) is not Project project)
            return Taken(body.Name);
        request.HttpContext.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/api/projects/{project.Id}");
        return TypedResults.Json(ProjectView.Of(project), ApiJson.Default.ProjectView, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> RenameAsync(int projectId, HttpRequest request, IMessageStore store, CancellationToken cancellationToken)
    {
        (var body, var problem) = await JsonBody.ReadAsync(request, ApiJson.Default.ProjectBody, cancellationToken);
        if (body is null)
            return problem!;
        if (!Mailbox.IsName(body.Name))
            return WrongName();
        return await store.RenameProjectAsync(projectId, body.Name, cancellationToken) switch
        {
            ProjectChange.Done when (await store.ListProjectsAsync(cancellationToken)).FirstOrDefault(each => each.Id == projectId) is Project renamed =>
                TypedResults.Json(ProjectView.Of(renamed), ApiJson.Default.ProjectView),
            ProjectChange.Taken => Taken(body.Name),
            _ => NoProject(projectId),
        };
    }

    private static async Task<IResult> RemoveAsync(int projectId, IMessageStore store, CancellationToken cancellationToken) =>
        await store.RemoveProjectAsync(projectId, cancellationToken) switch
        {
            ProjectChange.Done => TypedResults.NoContent(),
            ProjectChange.InUse => Problem.Conflict("The project has mailboxes, or is the default one. Remove its mailboxes first, or PATCH their `project`."),
            _ => NoProject(projectId),
        };

    private static ProblemResult WrongName() => Problem.BadRequest($"`name` must have 1 to {Mailbox.MaximumNameLength} characters and no control characters.");

    private static ProblemResult Taken(string name) => Problem.Conflict($"There is a project called `{name}` already. Choose another name.");

    private static ProblemResult NoProject(int projectId) => Problem.NotFound("There is no such project",
        string.Create(CultureInfo.InvariantCulture, $"Project {projectId} does not exist. GET /api/projects lists those that do."));
}
