namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>A placeholder of a tracked template, with its column.</summary>
/// <param name="Name">
/// Its name in the tracked template: <c>Slug</c>, <c>Address.City</c>, or <c>Product.Slug</c> for a joined column.
/// </param>
/// <param name="Column">Its column, in the captured table or the joined one.</param>
/// <param name="Reference">The part of the name that identifies the join; null for a column of the captured table.</param>
/// <param name="Join">The joined table; null for a column of the captured table.</param>
internal sealed record Placeholder(string Name, string Column, string? Reference = null, CaptureJoin? Join = null)
{
    public override string ToString() => Join is null ? $"the column {Column}" : $"the column {Column} of {Join}";
}
