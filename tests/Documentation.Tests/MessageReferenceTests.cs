using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing.Pages;
using MassTransit;
using MassTransit.Serialization;
using Xunit;

namespace Documentation.Tests;

/// <summary>Tests that docs/messages.md describes each message: its fields, its publishers and receivers, and a valid example.</summary>
public sealed partial class MessageReferenceTests
{
    private static readonly DocumentationPage Page = DocumentationPage.Of("docs/messages.md");

    private static readonly Type[] Types = [.. typeof(EntityChanged).Assembly.GetExportedTypes()
        .Where(type => type is not { IsAbstract: true, IsSealed: true })];

    private static readonly JsonSerializerOptions Strict = new(SystemTextJsonMessageSerializer.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Every record of the package: messages, and values inside them.</summary>
    public static TheoryData<string> Records() => [.. Types.Where(type => !type.IsEnum).Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(Records))]
    public void A_table_lists_the_fields_of_a_record(string name)
    {
        var context = new NullabilityInfoContext();
        var fields =
            from property in TypeOf(name).GetProperties()
            select $"`{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}` | {Describe(context.Create(property))}";

        var documented = Page.Table(name).Select(row => $"{row[0]} | {row[1]}");
        Assert.Equal(fields.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_table_lists_the_values_of_each_enum()
    {
        var enums = Types.Where(type => type.IsEnum)
            .Select(type => (type.Name, Values: Enum.GetValues(type).Cast<object>().Select(value => $"{(int)value} {value}")))
            .Select(type => $"{type.Name}: {string.Join(", ", type.Values)}");

        var documented = Page.Table("Enums").Select(row =>
            $"{Code(row[0]).Single()}: {string.Join(", ", Numbered().Matches(row[1])).Replace("`", "", StringComparison.Ordinal)}");
        Assert.Equal(enums.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_message_has_one_example_which_is_the_JSON_of_a_message()
    {
        var examples = BlockUse.BlocksFor<MessageReferenceTests>().Select(Parse).ToArray();

        Assert.Equal(Messages().Order(StringComparer.Ordinal), examples.Select(example => example.Type.Name).Order(StringComparer.Ordinal));
        Assert.All(examples, example =>
        {
            var value = example.Message.Deserialize(example.Type, Strict)!;
            // Written again, it is the same: no field has another name, and no text is read as another value.
            var written = JsonSerializer.SerializeToNode(value, example.Type, Strict);
            Assert.True(JsonNode.DeepEquals(example.Message, written), $"{written}");
        });
    }

    [Fact]
    public void The_overview_names_the_publishers_and_receivers_that_the_permissions_allow()
    {
        var definitions = Path.Combine(RunFolder.RepositoryFolder(), "deploy", "rabbitmq-definitions.json");
        using var file = JsonDocument.Parse(File.ReadAllText(definitions));
        var permissions = file.RootElement.GetProperty("permissions").EnumerateArray()
            .ToDictionary(user => user.GetProperty("user").GetString()!, StringComparer.Ordinal);
        var overview = Page.Table("Overview").ToDictionary(row => Code(row[0]).Single(), StringComparer.Ordinal);

        Assert.Equal(Messages().Order(StringComparer.Ordinal), overview.Keys.Order(StringComparer.Ordinal));
        // A message to one queue needs no permission on its exchange.
        var published = overview.Where(
            entry => entry.Value[1] != "a response" && !entry.Value[2].EndsWith("queue", StringComparison.Ordinal));
        foreach (var (message, row) in published)
            Assert.Equal((message, row[1], row[2]), (message, Allowed(message, "write"), Allowed(message, "read")));

        string Allowed(string message, string right) => string.Join(", ", Users
            .Where(user => Regex.IsMatch(
                $"LastMile.Events.Messages:{message}",
                permissions[user.Name].GetProperty(right).GetString()!,
                RegexOptions.NonBacktracking))
            .Select(user => user.Is));
    }

    private static readonly (string Name, string Is)[] Users =
        [("lastmile-invalidator", "Invalidators"), ("lastmile-agent-ams", "agents"), ("storefront", "applications")];

    // Values inside messages are the records that another record contains, and that are not listed as messages.
    private static IEnumerable<string> Messages() => Types.Where(type => !type.IsEnum).Select(type => type.Name)
        .Except(["PurgeApplied", "UnloggedNames", "ChangeOrigin", "RegionWatermark", "RegionScan"], StringComparer.Ordinal);

    private static (Type Type, JsonNode Message) Parse(DocumentedBlock block)
    {
        var envelope = JsonNode.Parse(block.Text)!;
        var urn = envelope["messageType"]!.AsArray().Single()!.GetValue<string>();
        var type = Types.Single(type => !type.IsEnum && MessageUrn.ForTypeString(type) == urn);
        return (type, envelope["message"]!);
    }

    // The texts between backticks.
    private static IEnumerable<string> Code(string text) => text.Split('`').Where((_, index) => index % 2 == 1);

    [GeneratedRegex("[0-9]+ `[A-Za-z]+`", RegexOptions.NonBacktracking)]
    private static partial Regex Numbered();

    private static Type TypeOf(string name) => Types.Single(type => type.Name == name);

    private static string Describe(NullabilityInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        var text = type switch
        {
            _ when type == typeof(string) => "text",
            _ when type == typeof(Guid) => "UUID",
            _ when type == typeof(long) => "integer",
            _ when type == typeof(double) => "number",
            _ when type == typeof(bool) => "boolean",
            _ when type == typeof(DateTimeOffset) => "time",
            { IsGenericType: true, GenericTypeArguments: [_] } => $"list of {Describe(info.GenericTypeArguments[0])}",
            { IsGenericType: true } => $"map of {Describe(info.GenericTypeArguments[1])}",
            _ => $"`{type.Name}`",
        };
        var isNull = info.ReadState == NullabilityState.Nullable;
        return !isNull ? text : text.StartsWith("map", StringComparison.Ordinal) ? text + ", or null" : text + " or null";
    }
}
