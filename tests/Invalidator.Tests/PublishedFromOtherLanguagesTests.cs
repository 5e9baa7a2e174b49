using System.Text.Json;
using System.Text.Json.Nodes;
using LastMile.Events.Messages;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Publishes the example of docs/messages.md with a plain AMQP client, as a program in another language does.</summary>
public sealed class PublishedFromOtherLanguagesTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private const string Envelope = "application/vnd.masstransit+json";

    private static readonly JsonNode Example = DocumentationPage.Of("docs/messages.md").Blocks
        .Where(block => block.Language == "json").Select(block => JsonNode.Parse(block.Text)!)
        .Single(envelope => envelope["messageType"]![0]!.GetValue<string>() == "urn:message:LastMile.Events.Messages:EntityChanged");

    [Fact]
    public async Task The_documented_envelope_purges()
    {
        await running.World.CacheAsync("page:home");

        await running.Bus.PublishBytesAsync<EntityChanged>(Bytes(WithoutRules()), Envelope);

        await running.World.GoneAsync("page:home");
    }

    [Fact]
    public async Task Unknown_fields_are_ignored_and_missing_ones_have_their_default()
    {
        await running.World.CacheAsync("page:home");
        var envelope = WithoutRules();
        envelope["message"]!["colour"] = "red";
        envelope["version"] = new JsonObject { ["major"] = 9 };
        foreach (var optional in (string[])["kind", "id", "at", "actor", "tags", "values", "previousValues"])
            envelope["message"]!.AsObject().Remove(optional);

        await running.Bus.PublishBytesAsync<EntityChanged>(Bytes(envelope), Envelope);

        await running.World.GoneAsync("page:home");
    }

    [Fact]
    public async Task A_change_whose_kind_is_a_name_goes_to_the_error_queue()
    {
        var envelope = WithoutRules();
        envelope["message"]!["kind"] = "Update";

        await running.Bus.PublishBytesAsync<EntityChanged>(Bytes(envelope), Envelope);

        Assert.Contains("kind", await running.Bus.NextErrorAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData(null)]
    public async Task JSON_without_the_envelope_purges_nothing_and_goes_to_the_error_queue(string? contentType)
    {
        await running.Bus.PublishBytesAsync<EntityChanged>(Bytes(WithoutRules()["message"]!), contentType);

        Assert.NotEqual("", await running.Bus.NextErrorAsync());
    }

    // The tables of these tests have no rules with the values of the example, so only its explicit names are purged.
    private static JsonNode WithoutRules()
    {
        var envelope = Example.DeepClone();
        envelope["message"]!["values"] = new JsonObject();
        envelope["message"]!["previousValues"] = null;
        return envelope;
    }

    private static byte[] Bytes(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(json);
}
