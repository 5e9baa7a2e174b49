using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Marks the drop and the rename of a captured table as such: by then the target model may know no more of it.</summary>
internal sealed class CaptureMigrationsAnnotationProvider(MigrationsAnnotationProviderDependencies dependencies)
    : MigrationsAnnotationProvider(dependencies)
{
    public override IEnumerable<IAnnotation> ForRemove(ITable table) => base.ForRemove(table).Concat(Captured(table));

    public override IEnumerable<IAnnotation> ForRename(ITable table) => base.ForRename(table).Concat(Captured(table));

    private static IEnumerable<IAnnotation> Captured(ITable table) =>
        table.FindAnnotation(CaptureDeclaration.Annotation) is { } annotation ? [annotation] : [];
}
