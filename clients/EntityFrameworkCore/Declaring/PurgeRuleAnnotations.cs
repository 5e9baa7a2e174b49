using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Names of the annotations that hold an entity's purge rules. Model snapshots contain them, so never rename one.</summary>
internal static class PurgeRuleAnnotations
{
    public const string Keys = "LastMile:PurgesKeys";
    public const string Tags = "LastMile:PurgesTags";
    public const string Ignored = "LastMile:IgnoresChangesTo";
    public const string Strict = "LastMile:CapturesStrictly";
    public const string Name = "LastMile:PurgeName";

    public static string[] Read(IReadOnlyEntityType entity, string annotation) =>
        entity.FindAnnotation(annotation)?.Value as string[] ?? [];

    public static void Append(IMutableEntityType entity, string annotation, params string[] declared) =>
        entity.SetAnnotation(annotation, (string[])[.. Read(entity, annotation), .. declared]);
}
