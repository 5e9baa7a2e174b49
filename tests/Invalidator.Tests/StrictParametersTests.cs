using System.Net;
using System.Text;
using Xunit;

namespace Invalidator.Tests;

public sealed class StrictParametersTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private const string Unknown = "00000000-0000-0000-0000-000000000000";

    [Theory]
    [InlineData("POST /purges?wiat=1s", "POST /purges takes no query parameter 'wiat'. It takes: wait.")]
    [InlineData("POST /purges?wait=1s&waitt=1s", "POST /purges takes no query parameter 'waitt'. Did you mean 'wait'? It takes: wait.")]
    [InlineData("POST /purges?traceparent=x", "POST /purges takes no query parameter 'traceparent'.")]
    [InlineData("POST /purges?request=x", "POST /purges takes no query parameter 'request'.")]
    [InlineData(
        "GET /purges?limits=5", "GET /purges takes no query parameter 'limits'. Did you mean 'limit'? It takes: after, limit, wait.")]
    [InlineData("GET /purges?log=5", "GET /purges takes no query parameter 'log'. It takes: after, limit, wait.")]
    [InlineData("GET /purges/" + Unknown + "?id=5", "GET /purges/" + Unknown + " takes no query parameters: leave out 'id'.")]
    [InlineData("GET /regions?name=ams", "GET /regions takes no query parameters: leave out 'name'.")]
    [InlineData("GET /regions/ams?verbose", "GET /regions/ams takes no query parameters: leave out 'verbose'.")]
    [InlineData("DELETE /regions/ams?force=true", "DELETE /regions/ams takes no query parameters: leave out 'force'.")]
    [InlineData("GET /status?a%07b=1", "GET /status takes no query parameters: leave out 'a\ufffdb'.")]
    [InlineData("GET /health/live?x=1", "GET /health/live takes no query parameters: leave out 'x'.")]
    [InlineData("GET /health/ready?x=1", "GET /health/ready takes no query parameters: leave out 'x'.")]
    [InlineData("GET /openapi/v1.json?x=1", "GET /openapi/v1.json takes no query parameters: leave out 'x'.")]
    public async Task An_unknown_query_parameter_is_refused_by_name(string request, string detail)
    {
        var answer = await SendAsync(request, """{"keys":["a"]}""");

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Contains(detail, answer.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /purges/abc", "id must be a UUID, such as 019a7c1e-52b1-7d0e-9a55-0c6c3f8f5d11; it is 'abc'.")]
    [InlineData(
        "GET /purges/00000000-0000-0000-0000-000000000000000000000000000000000000000000000000000000000000",
        "id must be a UUID, such as 019a7c1e-52b1-7d0e-9a55-0c6c3f8f5d11; it is '00000000-0000-0000-0000-0000")]
    [InlineData("GET /purges?limit=x", "limit must be a whole number; it is 'x'.")]
    [InlineData("GET /purges?LIMIT=x", "limit must be a whole number; it is 'x'.")]
    public async Task A_malformed_value_is_refused_by_name(string request, string detail)
    {
        var answer = await SendAsync(request, body: null);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.StartsWith(detail, answer.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST /purges", "")]
    [InlineData("POST /purges", "nul")]
    [InlineData("POST /purges", "[]")]
    [InlineData("POST /purges", "\"\"")]
    [InlineData("POST /purges", """{"keys":[7]}""")]
    [InlineData("POST /purges", """{"all":"yes"}""")]
    [InlineData("POST /purges?wait=", """{"keys":["a"]}""")]
    [InlineData("GET /purges/%20", null)]
    [InlineData("GET /purges?after=", null)]
    [InlineData("GET /purges?limit=%00", null)]
    [InlineData("GET /regions/%0A", null)]
    [InlineData("DELETE /regions/a%0Ab", null)]
    [InlineData("PUT /purges", "{}")]
    [InlineData("GET /nowhere", null)]
    [InlineData("GET /openapi/v2.json", null)]
    public async Task No_error_contains_a_message_of_the_framework(string request, string? body)
    {
        var answer = await SendAsync(request, body);

        Assert.InRange((int)answer.Status, 400, 499);
        Assert.Equal("application/problem+json", answer.MediaType);
        Assert.Matches("^(?!.*(parameter \"|Required|Failed to|System\\.|PurgeRequest|Nullable|Exception)).{10,}$", answer.Detail);
    }

    private Task<Answer> SendAsync(string request, string? body) => running.Invalidator.SendAsync(
        new HttpMethod(request.Split(' ')[0]),
        request.Split(' ', 2)[1],
        body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"));
}
