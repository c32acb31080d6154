namespace Smtpd.Server.Http.OpenApi;

internal static class OpenApiRoute
{
    public const string Path = "/openapi/v1.json";

    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, (OpenApiDocument document) => TypedResults.Bytes(document.Octets, "application/json")).For(RouteAccess.Users)
            .Describe("Server", "readOpenApi", "This document.", it => it.AnswerContent("OpenAPI 3.1.", "application/json"));
}
