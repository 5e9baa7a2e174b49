using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// The arguments of <c>lastmile.track</c> for one table. A JSON annotation of the table holds them. EF Core's model differ compares it and
/// migrations contain it, so later versions must be able to read it.
/// </summary>
/// <remarks><c>Columns</c> maps each placeholder of a template, and each property of <c>Ignore</c>, to its column.</remarks>
internal sealed record CaptureDeclaration(
    string Entity,
    string[] Keys,
    string[] Tags,
    string[] Ignore,
    SortedDictionary<string, string> Columns)
{
    public const string Annotation = "LastMile:Capture";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    /// <summary>The joined tables, by the reference part of a placeholder; null for none.</summary>
    public SortedDictionary<string, CaptureJoin>? Joins { get; init; }

    /// <summary>Whether a change that can't be captured fails.</summary>
    public bool Strict { get; init; }

    /// <summary>Returns the declaration of a table's types; null if none has a rule.</summary>
    public static CaptureDeclaration? Of(ITable table)
    {
        var main = EntityTables.MainTypeOf(table);
        if (main is null)
            return null;

        var identifier = StoreObjectIdentifier.Table(table.Name, table.Schema);
        var declared = table.EntityTypeMappings.Select(mapping => mapping.TypeBase).OfType<IReadOnlyEntityType>()
            .SelectMany(entity => entity.GetRootType().GetDerivedTypesInclusive())
            .Distinct()
            .Select(DeclaredRules.Of)
            .Where(rules => !rules.IsEmpty && EntityTables.Of(rules.Entity).Contains(identifier));

        return new CombinedRules(identifier, declared).Declaration(EntityNames.InRules(main));
    }

    public static CaptureDeclaration FromJson(string json) => JsonSerializer.Deserialize<CaptureDeclaration>(json, Json)!;

    /// <summary>Returns the tables of <see cref="Joins"/>.</summary>
    /// <param name="captured">The captured table, with its name and schema in the migration.</param>
    public IEnumerable<StoreObjectIdentifier> JoinedTables(StoreObjectIdentifier captured) =>
        Joins?.Values.Select(join => join.SeenFrom(captured)) ?? [];

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
