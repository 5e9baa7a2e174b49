using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace LastMile.Events.Testing;

/// <summary>Reads the parts of YAML that a test checks.</summary>
public static class YamlText
{
    /// <summary>Parses a document. Resolves anchors and merge keys, and ignores members that the type lacks.</summary>
    /// <typeparam name="T">The type, whose members have the document's names in Pascal case.</typeparam>
    /// <param name="text">The document.</param>
    public static T Parse<T>(string text)
    {
        using var reader = new StringReader(text);
        // Deserialize everything first, because anchors in skipped parts would be lost.
        var all = new Deserializer().Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(reader)));
        var resolved = new SerializerBuilder().DisableAliases().Build().Serialize(all);
        return new DeserializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .IgnoreUnmatchedProperties()
            .Build()
            .Deserialize<T>(resolved);
    }
}
