using System.Text.Encodings.Web;
using System.Text.Json;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// How one table is to be captured: the arguments of <c>lastmile.track</c>. As JSON it is an annotation of the table, which the
/// comparison of models sees and which stands in migrations: what was once written must stay readable.
/// </summary>
/// <remarks><c>Columns</c> maps each property that a template or <c>Ignore</c> names to its column.</remarks>
internal sealed record CaptureDeclaration(
    string Entity,
    string[] Keys,
    string[] Tags,
    string[] Ignore,
    SortedDictionary<string, string> Columns)
{
    public const string Annotation = "LastMile:Capture";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What the entities of a table declare; null when none declares anything.</summary>
    public static CaptureDeclaration? Of(ITable table)
    {
        // A type of a hierarchy is mapped to its base's table too; its rules stand on its own.
        var identifier = StoreObjectIdentifier.Table(table.Name, table.Schema);
        var declaring = table.EntityTypeMappings.Select(mapping => mapping.TypeBase).OfType<IEntityType>()
            .FirstOrDefault(entity => StoreObjectIdentifier.Create(entity, StoreObjectType.Table) == identifier && Declares(entity));

        return declaring is null ? null : Of(declaring, identifier);
    }

    public static CaptureDeclaration FromJson(string json) => JsonSerializer.Deserialize<CaptureDeclaration>(json, Json)!;

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public string ColumnsAsJson() => JsonSerializer.Serialize(Columns, Json);

    private static bool Declares(IEntityType entity) =>
        PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Keys).Length + PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Tags).Length > 0;

    private static CaptureDeclaration Of(IEntityType entity, StoreObjectIdentifier table)
    {
        var keys = PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Keys);
        var tags = PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Tags);
        var ignore = PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Ignored);

        var named = keys.Concat(tags).SelectMany(template => PurgeTemplate.Parse(template).Placeholders).Concat(ignore);
        var columns = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in named)
            columns[property] = entity.FindProperty(property)!.GetColumnName(table)!;

        return new CaptureDeclaration(entity.ShortName(), keys, tags, ignore, columns);
    }
}
