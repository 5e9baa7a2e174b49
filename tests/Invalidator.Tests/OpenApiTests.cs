using System.Text.Json;
using Xunit;

namespace Invalidator.Tests;

public sealed class OpenApiTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    [Fact]
    public async Task The_document_describes_every_operation_and_its_authentication()
    {
        var operations = Operations((await running.Invalidator.GetAsync("/openapi/v1.json")).Body);

        Assert.Equal(
            [
                "delete /regions/{name}: 204 401 403 404 503",
                "get /purges/{id}: 200 400 401 403 404 503",
                "get /purges: 200 400 401 403 503",
                "get /regions/{name}: 200 401 403 404 503",
                "get /regions: 200 401 403 503",
                "get /status: 200 401 403",
                "post /purges: 200 202 400 401 403 413 415 503 504",
            ],
            operations.Select(entry => $"{entry.Key}: {Names(entry.Value.GetProperty("responses"))}").Order(StringComparer.Ordinal));
        Assert.All(operations.Values, operation => Assert.NotEmpty(operation.GetProperty("summary").GetString()!));
        Assert.All(operations.Values, operation => Assert.Equal(
            """[{"bearer":[]},{"header":[]}]""", JsonSerializer.Serialize(operation.GetProperty("security"))));
    }

    [Fact]
    public async Task The_document_describes_parameters_bodies_and_keys()
    {
        var document = (await running.Invalidator.GetAsync("/openapi/v1.json")).Body;

        var post = Operations(document)["post /purges"];
        Assert.Equal(
            ["wait", "traceparent"],
            post.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
        var components = document.GetProperty("components");
        Assert.Equal("bearer header", Names(components.GetProperty("securitySchemes")));
        var schemas = components.GetProperty("schemas");
        var body = schemas.GetProperty("PurgeRequest");
        Assert.Equal("actor all keys prefix tags", Names(body.GetProperty("properties")));
        Assert.False(body.GetProperty("additionalProperties").GetBoolean());
        var accepted = schemas.GetProperty("PurgeAccepted").GetProperty("properties");
        Assert.Equal("integer", accepted.GetProperty("sequence").GetProperty("type").GetString());
    }

    private static Dictionary<string, JsonElement> Operations(JsonElement document) => document.GetProperty("paths").EnumerateObject()
        .SelectMany(path => path.Value.EnumerateObject().Select(operation =>
            KeyValuePair.Create($"{operation.Name} {path.Name}", operation.Value)))
        .ToDictionary(StringComparer.Ordinal);

    private static string Names(JsonElement members) =>
        string.Join(' ', members.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
}
